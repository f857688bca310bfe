"""What a person, a test or a script does with the sandbox: one desk for each kind of business.

Each method is one atomic step. A command that cannot be carried out raises ControlError and changes
nothing.
"""
