# Without the file of mocked values, Terraform makes up texts that are no ids and no dates.
mock_provider "appservices" {}

variables {
  service = "billing"
}

run "what_is_computed_from_them_is_null" {
  assert {
    condition     = output.key_version == null && output.due_at == null
    error_message = "A made-up text is taken for a number or a date."
  }
}
