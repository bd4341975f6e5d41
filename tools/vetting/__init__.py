"""Proofs of the catalog: does each entry compile, bind and give the values that were worked out by hand?"""
