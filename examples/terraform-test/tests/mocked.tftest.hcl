# No server at all: Terraform answers in place of the provider (Terraform 1.7).
mock_provider "appservices" {
  source = "../mocks"
}

variables {
  service = "billing"
}

run "a_suspended_service_has_a_disabled_key" {
  variables {
    suspended = true
  }

  assert {
    condition     = !appservices_user_api_key.service.enabled && output.key == "mock-value-of-a-user-api-key"
    error_message = "The key can log in."
  }
}
