"""What the code shows of the consent flow: what runs before anybody agrees, what is asked for, what a refusal does."""
