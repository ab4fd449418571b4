terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# `terraform_data` stands here for whatever makes the login, such as a secret store or another provider.
resource "terraform_data" "login" {
  input = { email = "ci@example.com", password = "correct-horse" }
}

# Both values are unknown in the first plan. That is no error: creating a key needs the server only in the apply.
provider "appservices" {
  app_id   = "myapp-abcde"
  email    = terraform_data.login.output.email
  password = terraform_data.login.output.password
}

resource "appservices_user_api_key" "ci" {
  name = "ci"
}
