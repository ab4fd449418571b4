terraform {
  # Write-only arguments.
  required_version = ">= 1.11"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

# Both logins come from the environment.
provider "appservices" {}

provider "vault" {}

module "billing_key" {
  source = "../.."

  service = "billing"
}

# `data_json_wo` is sent and not kept. The version tells Vault's provider when to send it again.
resource "vault_kv_secret_v2" "billing" {
  mount = "secret"
  name  = "billing/appservices"

  data_json_wo         = jsonencode({ api_key = module.billing_key.key })
  data_json_wo_version = module.billing_key.key_version
}
