# What a mocked provider answers, for `mock_provider "appservices" { source = "..." }` (Terraform 1.7): values of the right form.
# Without this file, Terraform makes up random texts, which are no ids and no dates.

mock_resource "appservices_user_api_key" {
  defaults = {
    id              = "65f0c0ffee0000000000d001"
    name            = "mock-20240312205423000a1b2c3d4"
    key             = "mock-value-of-a-user-api-key"
    key_fingerprint = "SHA256:pTzMzNpCjlqOevSAdUfn9p0G6dlKKH5YwV1SM0iAAqA"
    created_at      = "2024-03-12T20:54:23Z"
    user_id         = "65f0c0ffee0000000000a001"

    # As without `recipients` and `rotate_after`.
    encrypted_key = null
    rotates_at    = null
  }
}

mock_resource "appservices_rotating_user_api_key" {
  defaults = {
    id              = "65f0c0ffee0000000000d001"
    name            = "mock-20240312205423000a1b2c3d4"
    key             = "mock-value-of-a-user-api-key"
    key_fingerprint = "SHA256:pTzMzNpCjlqOevSAdUfn9p0G6dlKKH5YwV1SM0iAAqA"
    created_at      = "2024-03-12T20:54:23Z"
    rotates_at      = "2024-06-10T20:54:23Z"
    user_id         = "65f0c0ffee0000000000a001"

    encrypted_key       = null
    previous_id         = null
    previous_name       = null
    previous_retires_at = null
  }
}

mock_data "appservices_user_api_key" {
  defaults = {
    id         = "65f0c0ffee0000000000d001"
    name       = "mock"
    enabled    = true
    created_at = "2024-03-12T20:54:23Z"
    user_id    = "65f0c0ffee0000000000a001"
  }
}

mock_data "appservices_user_api_keys" {
  defaults = {
    # `api_keys` is empty: Terraform takes no list of objects here.
    ids     = []
    user_id = "65f0c0ffee0000000000a001"
  }
}
