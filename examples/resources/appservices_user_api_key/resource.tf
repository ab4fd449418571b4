terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# A key for a deployment job. Another name would replace it.
resource "appservices_user_api_key" "deploy" {
  name = "deploy-bot"
}

# A key that exists but cannot log in until `enabled` is true.
resource "appservices_user_api_key" "standby" {
  name    = "standby"
  enabled = false
}

# The secret. `sensitive` hides it on screen; it is still in the state, in the clear.
output "deploy_key" {
  value     = appservices_user_api_key.deploy.key
  sensitive = true
}
