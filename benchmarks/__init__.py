"""The measured claims, each as a ratio against something run beside it."""
