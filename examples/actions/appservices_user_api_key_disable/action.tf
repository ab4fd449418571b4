terraform {
  # Actions.
  required_version = ">= 1.14"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

variable "key_id" {
  description = "Id of the key that must not log in any more."
  type        = string
}

# Does nothing by itself: terraform apply -invoke=action.appservices_user_api_key_disable.incident
action "appservices_user_api_key_disable" "incident" {
  config {
    id = var.key_id
  }
}
