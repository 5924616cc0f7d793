"""The runners behind a gateway: which of them a call goes to."""
