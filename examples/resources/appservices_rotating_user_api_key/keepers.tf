# On purpose: any change of a value in `keepers` rotates with the next apply, in place. The key before still has its day.
resource "appservices_rotating_user_api_key" "worker" {
  name_prefix  = "worker-"
  rotate_after = "30d"
  keepers      = { image = "2026-11" }
}
