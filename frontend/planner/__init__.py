"""The planner's page: an address is a question, and everything shown answers that question."""
