"""The frameworks a model can be trained with: each gives a `Fitted` model that exports itself to ONNX."""
