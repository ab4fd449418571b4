# The id of the key that is to be the current one: 24 hexadecimal digits.
import {
  to = appservices_rotating_user_api_key.devices
  id = "65f0c0ffee0000000000d001"
}
