# Real keys on an emulator. The address and the login come from the environment.
provider "appservices" {}

variables {
  service = "billing"
}

run "a_service_gets_a_key" {
  assert {
    condition     = startswith(output.name, "billing-")
    error_message = "The name does not begin with the service: ${output.name}"
  }

  assert {
    condition     = output.key_fingerprint == "SHA256:${trimsuffix(base64sha256(output.key), "=")}"
    error_message = "The fingerprint is that of another value: ${output.key_fingerprint}"
  }

  assert {
    condition     = output.rotates_at == timeadd(appservices_user_api_key.this.created_at, "2160h")
    error_message = "A key is due after 90 days unless it is told otherwise, not at ${output.rotates_at}."
  }
}

run "nothing_changes_by_itself" {
  command = plan

  assert {
    condition     = output.key_id == run.a_service_gets_a_key.key_id
    error_message = "The key would be replaced without a reason."
  }
}

run "a_disabled_key_keeps_its_value" {
  variables {
    enabled = false
  }

  assert {
    condition     = !appservices_user_api_key.this.enabled
    error_message = "The key can still log in."
  }

  assert {
    condition     = output.key_fingerprint == run.a_service_gets_a_key.key_fingerprint
    error_message = "The value has to be the same once the key is enabled again."
  }
}

run "an_age_can_be_taken_away" {
  variables {
    rotate_after = null
  }

  assert {
    condition     = output.rotates_at == null
    error_message = "A key without an age is due all the same."
  }

  assert {
    condition     = output.key_id == run.a_service_gets_a_key.key_id
    error_message = "Another age alone must not replace the key."
  }
}

run "other_keepers_rotate_it" {
  variables {
    keepers = { reason = "a member of the team left" }
  }

  assert {
    condition     = output.key_fingerprint != run.a_service_gets_a_key.key_fingerprint
    error_message = "The value is still the old one."
  }

  assert {
    condition     = output.key_version != run.a_service_gets_a_key.key_version
    error_message = "A store that takes the value by its version would keep the old one."
  }
}

run "a_service_whose_name_makes_no_key_is_refused" {
  command = plan

  variables {
    service = "Billing Service"
  }

  expect_failures = [var.service]
}

run "an_age_in_months_is_refused" {
  command = plan

  variables {
    rotate_after = "3mo"
  }

  expect_failures = [var.rotate_after]
}

run "there_are_two_ends_for_an_old_key" {
  command = plan

  variables {
    on_destroy = "keep"
  }

  expect_failures = [var.on_destroy]
}
