removed {
  from = appservices_user_api_key.deploy

  lifecycle {
    destroy = false
  }
}
