"""The screens: one for each thing a person does with stories."""
