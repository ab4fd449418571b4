resource "appservices_user_api_key" "deploy" {
  provider = appservices
  name     = "deploy-bot"
}

import {
  to       = appservices_user_api_key.deploy
  provider = appservices
  identity = {
    app_id  = "myapp-abcde"
    id      = "65f0c0ffee0000000000d001"
    user_id = "65f0c0ffee0000000000a001"
  }
}
