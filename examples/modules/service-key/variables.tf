variable "service" {
  description = "Service that gets the key. The name of the key begins with it; another one replaces the key."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", var.service))
    error_message = "The service must be letters, digits, `_` and `-`, and begin with a letter or a digit: the name of the key begins with it. For example: billing."
  }
}

variable "rotate_after" {
  description = "Age from which on the next plan replaces the key, such as `90d` or `36h`. Null for never."
  type        = string
  default     = "90d"

  validation {
    condition     = var.rotate_after == null || can(regex("^([0-9]+(w|d|h|m|s))+$", var.rotate_after))
    error_message = "The age must be whole numbers with units, such as \"90d\", \"36h\" or \"1h30m\" (w, d, h, m, s), or null for a key that has no age. There are no months or years: they have no fixed length."
  }
}

variable "keepers" {
  description = "Values of your choice. Any change replaces the key."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "enabled" {
  description = "Whether the key can be used to log in. Changed in place; the value stays."
  type        = bool
  default     = true
  nullable    = false
}

variable "on_destroy" {
  description = "What happens to a key that is replaced or destroyed: `delete`, or `disable`, which leaves it on the server, disabled."
  type        = string
  default     = "delete"
  nullable    = false

  validation {
    condition     = contains(["delete", "disable"], var.on_destroy)
    error_message = "What happens to the old key must be \"delete\" or \"disable\"."
  }
}
