"""Hands: crops from the arms, landmarks of 21 points each, and which hand is whose."""
