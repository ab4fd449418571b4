# By id: 24 hexadecimal digits.
terraform import appservices_user_api_key.deploy 65f0c0ffee0000000000d001

# By name, as the provider's user sees it.
terraform import appservices_user_api_key.deploy name:deploy-bot
