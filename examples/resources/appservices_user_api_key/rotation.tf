# Rotation on purpose: any change of `keepers` replaces the key. The new key is made, and handed to whatever refers to
# it, before the old one is deleted. That takes `name_prefix`, because names are unique among a user's keys.
resource "appservices_user_api_key" "ci" {
  name_prefix = "ci-"
  keepers     = { rotation = "2026-11" }

  lifecycle {
    create_before_destroy = true
  }
}

# Rotation by age: once the key is 90 days old, the next plan replaces it. The old key stays on the server, disabled,
# and can be enabled again if a program still needs it.
resource "appservices_user_api_key" "worker" {
  name_prefix  = "worker-"
  rotate_after = "90d"
  on_destroy   = "disable"

  lifecycle {
    create_before_destroy = true
  }
}
