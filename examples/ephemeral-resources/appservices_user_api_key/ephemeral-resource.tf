terraform {
  # Ephemeral resources. OpenTofu has them from 1.11 on.
  required_version = ">= 1.10"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Logs in from the environment, makes the key, and deletes it again.
provider "appservices" {}

# A key that exists as long as Terraform works with it: created anew for the plan and for the apply.
ephemeral "appservices_user_api_key" "run" {}

# A second provider block, which logs in with that key.
provider "appservices" {
  alias = "run"

  api_key = ephemeral.appservices_user_api_key.run.key
}

resource "appservices_user_api_key" "deploy" {
  provider = appservices.run

  name = "deploy-bot"
}
