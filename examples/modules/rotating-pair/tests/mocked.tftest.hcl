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

  assert {
    condition     = output.due_at == "2024-06-10T20:54:23Z"
    error_message = "A key is due after 90 days unless it is told otherwise, not at ${output.due_at}."
  }
}

run "odd_generations_are_blue" {
  command = plan

  assert {
    condition     = output.slot == "blue" && appservices_user_api_key.slot["green"].name_prefix == "billing-green-0-"
    error_message = "The first key is in the slot ${output.slot}."
  }
}
