terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

provider "appservices" {
  app_id = "myapp-abcde"
  # The login comes from the environment: APPSERVICES_EMAIL and APPSERVICES_PASSWORD.
}

resource "appservices_user_api_key" "deploy" {
  name = "deploy-bot"
}

output "deploy_key" {
  value     = appservices_user_api_key.deploy.key
  sensitive = true
}
