# Terraform 1.12 and later, OpenTofu 1.12 and later. `app_id` and `user_id` may be left out.
import {
  to = appservices_user_api_key.deploy

  identity = {
    app_id  = "myapp-abcde"
    user_id = "65f0c0ffee0000000000a001"
    id      = "65f0c0ffee0000000000d001"
  }
}
