# No server at all: Terraform answers in place of the provider (Terraform 1.7).
mock_provider "appservices" {
  source = "../../mocks"
}

variables {
  service = "billing"
}

run "outputs_have_the_right_form" {
  assert {
    condition     = output.key == "mock-value-of-a-user-api-key" && output.key_version == 7005294030849
    error_message = "The version of the mocked key is ${output.key_version}."
  }
}

run "the_key_is_made_before_the_old_one_goes" {
  command = plan

  assert {
    condition     = appservices_user_api_key.this.name_prefix == "billing-" && appservices_user_api_key.this.rotate_after == "90d"
    error_message = "The key has no prefix, or no age."
  }
}
