"""What people and scripts are shown: status, check, explain, conversation."""
