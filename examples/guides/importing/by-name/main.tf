import {
  to = appservices_user_api_key.deploy
  id = "name:deploy-bot"
}

resource "appservices_user_api_key" "deploy" {
  name = "deploy-bot"
}
