"""Descriptions of people in words, read as segment definitions: in Chinese and English, nothing left out in silence."""
