"""What an operator sees and does: health, numbers, alarms, the drain."""
