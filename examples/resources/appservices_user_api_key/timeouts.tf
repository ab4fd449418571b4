# Each operation has two minutes, its retries and waits included, unless `timeouts` says otherwise.
resource "appservices_user_api_key" "slow" {
  name = "behind-a-slow-proxy"

  timeouts = {
    create = "5m"
    read   = "30s"
    update = "1m30s"
    delete = "5m"
  }
}
