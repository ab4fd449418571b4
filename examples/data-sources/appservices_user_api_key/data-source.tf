terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

data "appservices_user_api_key" "by_name" {
  name = "deploy-bot"
}

data "appservices_user_api_key" "by_id" {
  id = "65f0c0ffee0000000000d001"
}

output "deploy_bot_can_log_in" {
  value = data.appservices_user_api_key.by_name.enabled
}
