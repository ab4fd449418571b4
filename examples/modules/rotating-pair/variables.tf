variable "service" {
  description = "Service that gets the keys. Their names begin with it; another one replaces both."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*$", var.service))
    error_message = "The service must be letters, digits, `_` and `-`, and begin with a letter or a digit: the names of the keys begin with it. For example: billing."
  }
}

variable "generation" {
  description = "Number of the current key. Raise it by one to rotate: the slot that is not in use gets a new key, and becomes the current one."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "The generation must be a whole number from 1 on. Raise it by one to rotate."
  }
}

variable "max_age_days" {
  description = "Age in days from which on each plan warns that the current key should be rotated. 0 for no warning."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.max_age_days >= 0 && floor(var.max_age_days) == var.max_age_days
    error_message = "The age must be a whole number of days, or 0 for no warning."
  }
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
