"""The analyst's pages, in Streamlit."""
