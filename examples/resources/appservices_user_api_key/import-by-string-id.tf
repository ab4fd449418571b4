# Terraform 1.5 and later. The id is either 24 hexadecimal digits or `name:` and the name.
import {
  to = appservices_user_api_key.deploy
  id = "name:deploy-bot"
}
