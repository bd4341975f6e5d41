"""Cleaning by named rules; what each rule did is in the report of the document."""

from tools.documents.cleaning.clean import Cleaned, clean, clean_text
from tools.documents.cleaning.report import Applied, Report

__all__ = ["Applied", "Cleaned", "Report", "clean", "clean_text"]
