"""Tests of plugins and rules: a plugin of pytest, whose fixtures are there once rulesflow is installed.

`run_step` calls a step as a workflow would, and `emitted` holds the events that steps emitted on the way.
`decide` makes a decision of a folder of rules, `run_workflow` plays a whole workflow with mocked steps and
skipped time. `plugin_settings` and `plugin_names` may be overridden to say which settings and which plugins
there are.
"""
