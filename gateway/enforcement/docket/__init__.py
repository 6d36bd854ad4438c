"""The docket: duties with due times, who is told of them, and the runner that carries out what nobody may forget."""
