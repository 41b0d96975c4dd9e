"""The Textual console: draws `Frame`s and turns keys into actions. Everything it knows comes from
`console.core`.
"""
