# A key that was made by hand is switched off once a managed one has taken its place.
action "appservices_user_api_key_disable" "made_by_hand" {
  config {
    id = "65f0c0ffee0000000000d001"
  }
}

resource "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.appservices_user_api_key_disable.made_by_hand]
    }
  }
}
