# Entry of the process: starts the two SDK stubs before any screen is shown.
.class public Lcom/xinghe/fenqi/XingheApp;
.super Landroid/app/Application;
.source "XingheApp.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Application;-><init>()V
    return-void
.end method

.method public onCreate()V
    .registers 2
    invoke-super {p0}, Landroid/app/Application;->onCreate()V
    invoke-static {p0}, Lcom/example/devicedemo/DeviceIds;->start(Landroid/content/Context;)V
    invoke-static {p0}, Lcom/example/riskdemo/RiskCollector;->start(Landroid/content/Context;)V
    return-void
.end method
