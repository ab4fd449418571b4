terraform {
  # Ephemeral resources. OpenTofu has them from 1.11 on.
  required_version = ">= 1.10"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

ephemeral "appservices_access_token" "this" {}

# Calls another endpoint of App Services, here the one that tells who the user is.
resource "terraform_data" "profile" {
  triggers_replace = plantimestamp()

  provisioner "local-exec" {
    command = <<-SHELL
      printf 'header = "Authorization: Bearer %s"' "$TOKEN" |
        curl --silent --show-error --fail --config - "$BASE_URL/api/client/v2.0/auth/profile"
    SHELL

    environment = {
      TOKEN    = ephemeral.appservices_access_token.this.access_token
      BASE_URL = ephemeral.appservices_access_token.this.base_url
    }
  }
}
