# Real keys, made by the real provider, on an emulator that forgets them. The address and the login come from the
# environment, which ./run sets.
provider "appservices" {}

variables {
  service = "billing"
}

run "a_service_gets_a_key" {
  assert {
    condition     = startswith(output.name, "billing-")
    error_message = "The key's name does not start with the service: ${output.name}"
  }

  assert {
    condition     = length(output.key) == 64
    error_message = "The value is not 64 characters."
  }
}

run "nothing_changes_by_itself" {
  assert {
    condition     = output.fingerprint == run.a_service_gets_a_key.fingerprint
    error_message = "The value changed without a reason."
  }
}

run "a_suspended_key_keeps_its_value" {
  variables {
    suspended = true
  }

  assert {
    condition     = !appservices_user_api_key.service.enabled
    error_message = "The key can still log in."
  }

  assert {
    condition     = output.fingerprint == run.a_service_gets_a_key.fingerprint
    error_message = "The key has to be the same once it is enabled again."
  }
}

run "another_generation_is_another_value" {
  variables {
    generation = 2
  }

  assert {
    condition     = output.fingerprint != run.a_service_gets_a_key.fingerprint
    error_message = "The value is still the old one."
  }
}

run "a_name_that_makes_no_key_is_refused" {
  command = plan

  variables {
    service = "Billing Service"
  }

  expect_failures = [var.service]
}
