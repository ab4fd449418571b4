resource "appservices_user_api_key" "deploy" {
  name             = "deploy-bot"
  replace_existing = true # for one apply
}
