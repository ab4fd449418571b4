resource "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"

  lifecycle {
    create_before_destroy = true
  }
}
