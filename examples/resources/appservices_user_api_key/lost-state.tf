# The state was lost, and with it the value of the key. This deletes the old key of that name and makes a new one.
# Take `replace_existing` out again afterwards.
resource "appservices_user_api_key" "recovered" {
  name             = "nightly-report"
  replace_existing = true
}
