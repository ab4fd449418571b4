terraform {
  # Ephemeral variables.
  required_version = ">= 1.10"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

variable "recipient" {
  description = "The public half of the identity: age1..., or a public key of SSH."
  type        = string
}

# Neither this nor what comes of it stands in a state or a plan.
variable "identity" {
  description = "An age identity, or an OpenSSH private key without a passphrase."
  type        = string
  ephemeral   = true
}

resource "appservices_user_api_key" "device" {
  name_prefix = "device-"
  recipients  = [var.recipient]
}

locals {
  key = provider::appservices::decrypt_key(appservices_user_api_key.device.encrypted_key, var.identity)
}

# A second configuration of the provider, logged in with the key.
provider "appservices" {
  alias   = "device"
  api_key = local.key
}
