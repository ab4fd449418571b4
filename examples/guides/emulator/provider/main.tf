provider "appservices" {
  base_url = "http://127.0.0.1:9090"
  app_id   = "myapp-abcde"
  # APPSERVICES_EMAIL and APPSERVICES_PASSWORD are in the environment.
}
