resource "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"
  enabled     = false # leaked; it stays off until it is replaced

  lifecycle {
    create_before_destroy = true
  }
}
